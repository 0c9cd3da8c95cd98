-- contract_signed_late: a contract is signed more than $max_signing_days days after the award notice.
-- Grain: one row per procurement.
-- Law: 招标投标法 art. 46 for tenders ($tender_methods), 政府采购法 art. 46 for every other method.
-- Reason: both laws count from the day the notice is sent; the procurement's method decides which one is cited.
with
projects as (
    select * from public_projects()
),

signed as (
    select
        *,
        signed_on - awarded_on as signing_days,
        $max_signing_days::integer as max_days,
        case when list_contains($tender_methods::varchar[], procurement_method) then 'tender' else 'other' end as law
    from staging.procurements
    where awarded_on is not null and signed_on is not null
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    signed.signing_days || '天' as found,
    '不超过' || signed.max_days || '天' as expected,
    (signed.signing_days - signed.max_days)::decimal(18, 2) as difference,
    '天' as difference_unit,
    signed.procurement_no as identity,
    '中标(成交)通知书' || iso_day(signed.awarded_on) || '发出,合同' || iso_day(signed.signed_on)
    || '签订,相隔' || signed.signing_days || '天,超过' || signed.max_days || '天的时限' as detail,
    signed.law,
    signed.source_file,
    signed.source_sheet,
    signed.source_row
from signed
inner join projects using (project_code)
where signed.signing_days > signed.max_days
order by projects.project_code, signed.procurement_no
