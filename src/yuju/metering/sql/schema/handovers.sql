-- What meters showed at a handover stays as it was signed (residency/sql/schema/handovers.sql).
CREATE OR REPLACE TRIGGER handover_reading_signed BEFORE INSERT OR UPDATE OR DELETE ON metering_handoverreading
    FOR EACH ROW EXECUTE FUNCTION yuju_handover_part();
