"""What billing can tell, set-based: the cost of a question does not depend on how many units a property has."""
