-- emall_after_the_fact: the e-mall order of a service contract is dated after the service began.
-- Grain: one row per service contract.
-- Law: the e-mall rules of the province; classified projects are exempt (政府采购法 art. 85).
-- Reason: an order placed after the work began only covers up a purchase that had bypassed the e-mall.
with
projects as (
    select * from public_projects()
),

contracts as (
    select * from staging.service_contracts
    where list_contains($emall_service_types::varchar[], service_type)
),

orders as (
    select * from staging.emall_orders
),

ordered as (
    select
        contracts.*,
        orders.ordered_on,
        orders.ordered_on - contracts.service_started_on as late_days
    from contracts
    inner join orders on contracts.emall_order_no = orders.order_no
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    iso_day(ordered.ordered_on) as found,
    '不晚于' || iso_day(ordered.service_started_on) as expected,
    ordered.late_days::decimal(18, 2) as difference,
    '天' as difference_unit,
    ordered.contract_no as identity,
    ordered.service_type || '合同' || wan_text(ordered.contract_yuan) || '万元,服务自'
    || iso_day(ordered.service_started_on) || '开始,电子卖场订单' || ordered.emall_order_no || '于'
    || iso_day(ordered.ordered_on) || '才下单,晚' || ordered.late_days || '天' as detail,
    null::varchar as law,
    ordered.source_file,
    ordered.source_sheet,
    ordered.source_row
from ordered
inner join projects using (project_code)
where ordered.late_days > 0
order by projects.project_code, ordered.contract_no
