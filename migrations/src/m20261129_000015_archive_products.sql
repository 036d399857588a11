-- When the product was archived: no license can be issued for it since then. NULL while it is sold.
ALTER TABLE products ADD COLUMN archived_at :bigint;

-- The highest number of a deleted product. Apps may still send it, so that new products get higher ones.
ALTER TABLE instance ADD COLUMN retired_product_number :bigint NOT NULL DEFAULT 0;
