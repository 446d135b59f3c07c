-- What was done stays written down: nobody takes an entry of the audit back.
CREATE OR REPLACE FUNCTION yuju_audit_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entry % is kept as it was written', OLD.id USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
END $$;
CREATE OR REPLACE TRIGGER audit_kept BEFORE UPDATE OR DELETE ON identity_auditentry
    FOR EACH ROW EXECUTE FUNCTION yuju_audit_kept();
