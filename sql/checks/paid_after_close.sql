-- paid_after_close: payments dated after the closing day of the year ($closing_day).
-- Grain: one row per unit.
-- Law: 预算法 art. 18 (the budget year) with the closing day the finance office sets.
-- Reason: payments after the closing day are made in a hurry or dated back.
with
projects as (
    select project_code from public_projects()
),

counted as (
    select
        *,
        $closing_day::date as closing_on
    from shared.payments
    where paid_on > $closing_day::date
),

late as (
    select
        counted.unit_name,
        counted.closing_on,
        sum(counted.vouchers)::bigint as vouchers,
        sum(counted.amount_yuan) as paid_yuan,
        max(counted.paid_on) as last_paid_on,
        min(counted.place) as place
    from counted
    inner join projects using (project_code)
    group by counted.unit_name, counted.closing_on
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    iso_day(last_paid_on) as found,
    '不晚于' || iso_day(closing_on) as expected,
    (last_paid_on - closing_on)::decimal(18, 2) as difference,
    '天' as difference_unit,
    unit_name as identity,
    unit_name || '在关账日' || iso_day(closing_on) || '之后支付' || vouchers || '笔共' || wan_text(paid_yuan) || '万元' as detail,
    null::varchar as law,
    late.place.file as source_file,
    late.place.sheet as source_sheet,
    late.place.row as source_row
from late
order by unit_name
