-- paid_on_weekend: payments dated on a Saturday, a Sunday or a public holiday.
-- Grain: one row per unit.
-- Law: 会计法 art. 9 (books show what really happened).
-- Reason: the treasury does not pay on days off, so the day may be wrong. $holidays and $moved_workdays are those of the
-- scheme; of a year it does not list, holidays and moved working days are not known, which the text admits.
with
projects as (
    select project_code from public_projects()
),

counted as (
    select
        *,
        len(list_filter($holidays::date[], lambda d: d between $first_day and $last_day)) > 0 as is_calendar_known
    from shared.payments
    where is_day_off(paid_on, $holidays::date[], $moved_workdays::date[])
),

weekend as (
    select
        counted.unit_name,
        sum(counted.vouchers)::bigint as vouchers,
        sum(counted.amount_yuan) as paid_yuan,
        min(counted.paid_on) as first_paid_on,
        bool_and(counted.is_calendar_known) as is_calendar_known,
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
    unit_name || '在周末或节假日支付' || vouchers || '笔共' || wan_text(paid_yuan) || '万元,最早一笔在'
    || iso_day(first_paid_on) || case when is_calendar_known then '' else '(未考虑节假日和调休)' end as detail,
    null::varchar as law,
    weekend.place.file as source_file,
    weekend.place.sheet as source_sheet,
    weekend.place.row as source_row
from weekend
order by unit_name
