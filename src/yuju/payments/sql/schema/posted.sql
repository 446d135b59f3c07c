-- Money received, settled or held is never changed or deleted.
CREATE OR REPLACE TRIGGER payment_posted BEFORE UPDATE OR DELETE ON payments_payment
    FOR EACH ROW EXECUTE FUNCTION yuju_posted();
CREATE OR REPLACE TRIGGER allocation_posted BEFORE UPDATE OR DELETE ON payments_allocation
    FOR EACH ROW EXECUTE FUNCTION yuju_posted();
CREATE OR REPLACE TRIGGER deposit_posted BEFORE UPDATE OR DELETE ON payments_depositentry
    FOR EACH ROW EXECUTE FUNCTION yuju_posted();
