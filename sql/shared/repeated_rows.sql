-- repeated_rows: the public rows of the treasury export whose voucher number comes more than once.
-- Grain: one row per row of the export.
-- Reason: telling repeated rows, telling conflicting ones and counting each voucher once all start from these rows. To find
-- them takes a look at every number; few are left, so whoever asks more of them reads few rows.
select *
from repeated_rows('staging.vouchers')
