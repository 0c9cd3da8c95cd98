-- payments: vouchers that count, each number once.
-- Grain: one row per voucher_no.
select distinct on (voucher_no)
    voucher_no,
    paid_on,
    project_code,
    unit_name,
    amount_yuan
from {{ ref("vouchers") }}
where
    fund_name = '{{ var("fund_name") }}'
    and year(paid_on) = {{ var("year") }}
    and voucher_status <> '作废'
