-- repeated_numbers: voucher numbers that come more than once among the public rows of the treasury export.
-- Grain: one row per number.
-- Reason: telling repeated rows, telling conflicting ones and counting each voucher once all start from these numbers, and
-- grouping ten million texts is what costs. Few are left, so whoever asks more of them reads few rows.
select voucher_no
from repeated_numbers('staging.vouchers')
