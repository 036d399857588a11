-- The version of Countersign that migrated the schema last. Older versions name it when they refuse the database.
ALTER TABLE instance ADD COLUMN migrated_by TEXT;
