-- supplement_over_tenth: untendered later contracts with a project's supplier exceed the share of the original contract
-- that supplements may have ($max_supplement_pct %).
-- Grain: one row per project and supplier.
-- Law: 政府采购法 art. 49 (supplements), art. 31 (single source: at most 10 % of the original).
-- Reason: the first contract signed with the supplier is the original; later ones by a method that is no tender
-- ($tender_methods) are taken for supplements, because the export does not mark them.
with
projects as (
    select * from public_projects()
),

numbered as (
    select
        *,
        row_number() over (partition by project_code, supplier_name order by signed_on, procurement_no) as position,
        list_contains($tender_methods::varchar[], procurement_method) as is_tender
    from staging.procurements
    where supplier_name is not null and signed_on is not null
),

originals as (
    select
        *,
        (contract_yuan * $max_supplement_pct::decimal(7, 2) * 0.01)::decimal(18, 2) as limit_yuan,
        $max_supplement_pct::decimal(7, 2) as max_pct
    from numbered
    where position = 1
),

supplements as (
    select
        project_code,
        supplier_name,
        count(*) as contracts,
        sum(contract_yuan) as supplement_yuan,
        string_agg(procurement_no, '、' order by procurement_no) as numbers,
        first_place(source_file, source_sheet, source_row) as place
    from numbered
    where position > 1 and not is_tender
    group by project_code, supplier_name
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '追加' || wan_text(supplements.supplement_yuan) || '万元' as found,
    '不超过' || wan_text(originals.limit_yuan) || '万元' as expected,
    (supplements.supplement_yuan - originals.limit_yuan)::decimal(18, 2) as difference,
    '元' as difference_unit,
    originals.procurement_no as identity,
    '原合同' || originals.procurement_no || '金额' || wan_text(originals.contract_yuan) || '万元,同一供应商后续'
    || supplements.contracts || '份未经招标的合同(' || supplements.numbers || ')共' || wan_text(supplements.supplement_yuan)
    || '万元,超过原合同的' || number_text(originals.max_pct) || '%' as detail,
    null::varchar as law,
    supplements.place.file as source_file,
    supplements.place.sheet as source_sheet,
    supplements.place.row as source_row
from supplements
inner join originals using (project_code, supplier_name)
inner join projects using (project_code)
where supplements.supplement_yuan > originals.limit_yuan
order by projects.project_code, originals.procurement_no
