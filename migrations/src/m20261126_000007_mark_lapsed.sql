-- Whose time is up is in force no more, but that is told by the clock, and no index looks at one:
-- a list of what is in force would pass by all that ever expired. So a worker writes here the
-- `expires_at` that it saw pass. Another one, by whoever renews, makes that void.
--
-- By itself, since nobody may read meanwhile.
ALTER TABLE licenses ADD COLUMN lapsed_at :bigint;
