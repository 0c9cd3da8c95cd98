-- paid_on_weekend: payments dated on a Saturday or Sunday.
-- Grain: one row per unit.
-- Law: 会计法 art. 9 (books show what really happened).
-- Reason: the treasury does not pay on weekends, so the day may be wrong. Working days moved to a weekend are not known here.
with
projects as (
    select project_code from public_projects()
),

counted as (
    select * from shared.payments
    where isodow(paid_on) > 5
),

weekend as (
    select
        counted.unit_name,
        sum(counted.vouchers)::bigint as vouchers,
        sum(counted.amount_yuan) as paid_yuan,
        min(counted.paid_on) as first_paid_on,
        min(counted.place) as place
    from counted
    inner join projects using (project_code)
    group by counted.unit_name
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    vouchers || '笔' as found,
    '工作日支付' as expected,
    vouchers::decimal(18, 2) as difference,
    '笔' as difference_unit,
    unit_name as identity,
    unit_name || '在周六、周日支付' || vouchers || '笔共' || wan_text(paid_yuan) || '万元,最早一笔在'
    || iso_day(first_paid_on) || '(未扣除调休上班日)' as detail,
    null::varchar as law,
    weekend.place.file as source_file,
    weekend.place.sheet as source_sheet,
    weekend.place.row as source_row
from weekend
order by unit_name
