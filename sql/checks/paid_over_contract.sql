-- paid_over_contract: more was paid for a project in the year than all of its contracts are worth.
-- Grain: one row per project.
-- Law: 民法典 art. 509, before 2021 合同法 art. 60 (a contract is performed as agreed).
-- Reason: contracts of the project and of the services around it count together. Earlier years' payments are not known
-- here, so the rule finds less than there is, never more.
with
projects as (
    select * from public_projects()
),

contracts as (
    select
        project_code,
        contract_yuan
    from staging.procurements
    union all
    select
        project_code,
        contract_yuan
    from staging.service_contracts
),

contracted as (
    select
        project_code,
        sum(contract_yuan) as contract_yuan
    from contracts
    group by project_code
),

paid as (
    select
        project_code,
        sum(amount_yuan) as paid_yuan,
        min(place) as place
    from shared.payments
    group by project_code
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '支付' || wan_text(paid.paid_yuan) || '万元' as found,
    '不超过合同额' || wan_text(contracted.contract_yuan) || '万元' as expected,
    (paid.paid_yuan - contracted.contract_yuan)::decimal(18, 2) as difference,
    '元' as difference_unit,
    projects.project_code as identity,
    '合同合计' || wan_text(contracted.contract_yuan) || '万元,本年支付' || wan_text(paid.paid_yuan) || '万元,超出'
    || wan_text(paid.paid_yuan - contracted.contract_yuan) || '万元' as detail,
    null::varchar as law,
    paid.place.file as source_file,
    paid.place.sheet as source_sheet,
    paid.place.row as source_row
from paid
inner join contracted using (project_code)
inner join projects using (project_code)
where paid.paid_yuan > contracted.contract_yuan
order by projects.project_code
