-- unit_unknown: money of the fund is paid by a unit that carries out none of its public projects.
-- Grain: one row per unit.
-- Law: 预算法 art. 57 (spending follows the budget).
-- Reason: either the unit is written differently, or it spends money that was not given to it.
with
units as (
    select distinct unit_name from public_projects()
),

projects as (
    select project_code from public_projects()
),

counted as (
    select * from shared.payments
),

paying as (
    select
        counted.unit_name,
        sum(counted.vouchers)::bigint as vouchers,
        sum(counted.amount_yuan) as paid_yuan,
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
    paying.unit_name as found,
    '建设计划中的建设单位' as expected,
    paying.paid_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    paying.unit_name as identity,
    '“' || paying.unit_name || '”不是建设计划中的建设单位,支付' || paying.vouchers || '笔共' || wan_text(paying.paid_yuan)
    || '万元' as detail,
    null::varchar as law,
    paying.place.file as source_file,
    paying.place.sheet as source_sheet,
    paying.place.row as source_row
from paying
left join units using (unit_name)
where units.unit_name is null
order by paying.unit_name
