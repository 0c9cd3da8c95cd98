-- emall_bypassed: a service contract of a kind that goes through the e-mall ($emall_service_types) names no order.
-- Grain: one row per service contract.
-- Law: the e-mall rules of the province; classified projects are exempt (政府采购法 art. 85).
-- Reason: a contract without an order number was agreed outside the e-mall.
with
projects as (
    select * from public_projects()
),

contracts as (
    select * from staging.service_contracts
    where list_contains($emall_service_types::varchar[], service_type)
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '无电子卖场订单' as found,
    '有电子卖场订单' as expected,
    contracts.contract_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    contracts.contract_no as identity,
    contracts.service_type || '合同' || wan_text(contracts.contract_yuan) || '万元没有电子卖场订单编号' as detail,
    null::varchar as law,
    contracts.source_file,
    contracts.source_sheet,
    contracts.source_row
from contracts
inner join projects using (project_code)
where contracts.emall_order_no is null
order by projects.project_code, contracts.contract_no
