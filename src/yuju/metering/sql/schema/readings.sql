-- A reading is never edited or deleted: the one change allowed is that, once, it is marked as superseded.
CREATE OR REPLACE FUNCTION yuju_reading_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.superseded_by_id IS NULL
        AND (to_jsonb(NEW) - 'superseded_by_id') = (to_jsonb(OLD) - 'superseded_by_id') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'reading % is kept as it was read', OLD.id USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
END $$;
CREATE OR REPLACE TRIGGER reading_kept BEFORE UPDATE OR DELETE ON metering_reading
    FOR EACH ROW EXECUTE FUNCTION yuju_reading_kept();
