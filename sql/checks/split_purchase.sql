-- split_purchase: purchases of one unit from one supplier stay just under the procurement limit and exceed it together.
-- Grain: one row per unit and supplier.
-- Law: 政府采购法 art. 64 (purchase by the prescribed procedure); art. 28 and 实施条例 art. 28 (no splitting), whose measure is the
-- higher 公开招标数额标准.
-- Reason: "just under" is from $near_limit_pct % of $procurement_limit_yuan up to it; two such purchases in the year are worth a look.
with
projects as (
    select * from public_projects()
),

contracts as (
    select
        project_code,
        contract_no,
        supplier_name,
        contract_yuan,
        source_file,
        source_sheet,
        source_row,
        $procurement_limit_yuan::decimal(18, 2) as limit_yuan
    from staging.service_contracts
    where
        signed_on between $first_day and $last_day
        and supplier_name is not null
        and contract_yuan * 100 >= $procurement_limit_yuan::decimal(18, 2) * $near_limit_pct::decimal(7, 2)
        and contract_yuan < $procurement_limit_yuan::decimal(18, 2)
),

grouped as (
    select
        projects.unit_name,
        contracts.supplier_name,
        contracts.limit_yuan,
        count(*) as contracts,
        sum(contracts.contract_yuan) as contract_yuan,
        string_agg(contracts.contract_no, '、' order by contracts.contract_no) as numbers,
        first_place(contracts.source_file, contracts.source_sheet, contracts.source_row) as place
    from contracts
    inner join projects using (project_code)
    group by projects.unit_name, contracts.supplier_name, contracts.limit_yuan
    having count(*) > 1
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    contracts || '份合同共' || wan_text(contract_yuan) || '万元' as found,
    '合并采购不超过限额' || wan_text(limit_yuan) || '万元' as expected,
    (contract_yuan - limit_yuan)::decimal(18, 2) as difference,
    '元' as difference_unit,
    numbers as identity,
    unit_name || '与同一供应商签订' || contracts || '份接近限额的合同(' || numbers || ')共' || wan_text(contract_yuan)
    || '万元,采购限额' || wan_text(limit_yuan) || '万元' as detail,
    null::varchar as law,
    grouped.place.file as source_file,
    grouped.place.sheet as source_sheet,
    grouped.place.row as source_row
from grouped
order by numbers
