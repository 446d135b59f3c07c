-- Whose receipt a token belongs to, for the public page: nothing else of it is seen from outside the wall.
CREATE OR REPLACE FUNCTION yuju_operator_of_receipt(wanted_token text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT r.operator_id FROM payments_receipt r WHERE r.token = wanted_token LIMIT 1 $$;
