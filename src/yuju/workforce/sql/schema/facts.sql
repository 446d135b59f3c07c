-- What was said and photographed is never changed. With its task it may go.
CREATE OR REPLACE FUNCTION yuju_task_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % is a fact and cannot be changed', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'P0001', CONSTRAINT = 'posted';
END $$;
CREATE OR REPLACE TRIGGER task_comment_fact BEFORE UPDATE ON workforce_taskcomment
    FOR EACH ROW EXECUTE FUNCTION yuju_task_fact();
CREATE OR REPLACE TRIGGER task_photo_fact BEFORE UPDATE ON workforce_taskphoto
    FOR EACH ROW EXECUTE FUNCTION yuju_task_fact();
