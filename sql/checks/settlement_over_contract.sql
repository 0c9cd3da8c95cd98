-- settlement_over_contract: a project is settled for more than its contracts are worth.
-- Grain: one row per project.
-- Law: 政府采购法 art. 49 (what is added needs a supplementary contract).
-- Reason: the audit compares with the plan; the contract is what was agreed.
with
projects as (
    select * from public_projects()
),

contracted as (
    select
        project_code,
        sum(contract_yuan) as contract_yuan
    from staging.procurements
    group by project_code
),

-- Contracts the sum leaves out or holds once too few: those of services, and the procurements themselves.
contracts as (
    select
        project_code,
        contract_no as name,
        contract_yuan as amount_yuan
    from staging.service_contracts
    union all
    select
        project_code,
        procurement_no as name,
        contract_yuan as amount_yuan
    from staging.procurements
),

named as (
    select
        project_code,
        list(struct_pack(name := name, amount_yuan := amount_yuan)) as rows_named
    from contracts
    group by project_code
),

settled as (
    select * from staging.project_progress
    where settlement_audited_yuan is not null
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '结算审定' || wan_text(settled.settlement_audited_yuan) || '万元' as found,
    '不超过合同额' || wan_text(contracted.contract_yuan) || '万元' as expected,
    (settled.settlement_audited_yuan - contracted.contract_yuan)::decimal(18, 2) as difference,
    '元' as difference_unit,
    projects.project_code as identity,
    '合同合计' || wan_text(contracted.contract_yuan) || '万元,结算审定' || wan_text(settled.settlement_audited_yuan)
    || '万元,超出' || wan_text(settled.settlement_audited_yuan - contracted.contract_yuan) || '万元'
    || explanation(settled.settlement_audited_yuan - contracted.contract_yuan, named.rows_named) as detail,
    null::varchar as law,
    settled.source_file,
    settled.source_sheet,
    settled.source_row
from settled
inner join contracted using (project_code)
inner join named using (project_code)
inner join projects using (project_code)
where settled.settlement_audited_yuan > contracted.contract_yuan
order by projects.project_code
