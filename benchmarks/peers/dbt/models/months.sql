-- months: what was paid in each month.
select
    month(paid_on) as month,
    sum(amount_yuan)::decimal(18, 2) as paid_yuan
from {{ ref("payments") }}
group by month(paid_on)
