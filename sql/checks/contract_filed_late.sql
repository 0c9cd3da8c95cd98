-- contract_filed_late: a procurement contract is filed more than $max_filing_workdays working days after it was signed.
-- Grain: one row per procurement.
-- Law: 政府采购法 art. 47 (a copy is filed within seven working days of signing); classified projects are exempt (art. 85).
-- Reason: working days are those of the week without $holidays and with $moved_workdays; where a year's list is not in the
-- scheme, holidays within the period make the count too high, which the text admits.
with
projects as (
    select * from public_projects()
),

filed as (
    select
        *,
        working_days(signed_on, filed_on, $holidays::date[], $moved_workdays::date[]) as filing_workdays,
        $max_filing_workdays::integer as max_workdays,
        len(list_filter($holidays::date[], lambda d: year(d) = year(signed_on))) > 0 as is_calendar_known
    from staging.procurements
    where signed_on is not null and filed_on is not null
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    filed.filing_workdays || '个工作日' as found,
    '不超过' || filed.max_workdays || '个工作日' as expected,
    (filed.filing_workdays - filed.max_workdays)::decimal(18, 2) as difference,
    '个工作日' as difference_unit,
    filed.procurement_no as identity,
    '合同' || iso_day(filed.signed_on) || '签订,' || iso_day(filed.filed_on) || '备案,相隔' || filed.filing_workdays
    || '个工作日,超过' || filed.max_workdays || '个工作日的时限'
    || case when filed.is_calendar_known then '' else '(未扣除法定节假日)' end as detail,
    null::varchar as law,
    filed.source_file,
    filed.source_sheet,
    filed.source_row
from filed
inner join projects using (project_code)
where filed.filing_workdays > filed.max_workdays
order by projects.project_code, filed.procurement_no
