-- emall_order_unknown: a service contract names an e-mall order that does not exist or was cancelled.
-- Grain: one row per service contract.
-- Law: 政府采购法 art. 64 (procurement by the prescribed procedure).
-- Reason: an order number is no proof until the e-mall knows it.
with
projects as (
    select * from public_projects()
),

contracts as (
    select * from staging.service_contracts
    where emall_order_no is not null
),

orders as (
    select
        order_no,
        order_status
    from staging.emall_orders
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    case when orders.order_no is null then '电子卖场没有该订单' else '订单已取消' end as found,
    '有效的电子卖场订单' as expected,
    contracts.contract_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    contracts.contract_no as identity,
    contracts.service_type || '合同' || wan_text(contracts.contract_yuan) || '万元填写的订单' || contracts.emall_order_no
    || case when orders.order_no is null then '在电子卖场订单中查不到' else '已取消' end as detail,
    null::varchar as law,
    contracts.source_file,
    contracts.source_sheet,
    contracts.source_row
from contracts
inner join projects using (project_code)
left join orders on contracts.emall_order_no = orders.order_no
where orders.order_no is null or orders.order_status = 'cancelled'
order by projects.project_code, contracts.contract_no
