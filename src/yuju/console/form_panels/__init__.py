"""What saving each form would bring about: the panels beside the forms, one module a domain.

Each function takes the form's clean values as far as they are right, and reads; what is tried out is taken back.
"""
