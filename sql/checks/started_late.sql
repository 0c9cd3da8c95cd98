-- started_late: the award notice comes more than $max_start_months calendar months after the technical review.
-- Grain: one row per procurement.
-- Law: the rules of the fund (fund.yaml); 预算法 art. 53.
-- Reason: a reviewed design is valid for a limited time. Days are ignored: the months are counted from calendar month to
-- calendar month, and the excess over the limit is the difference.
with
projects as (
    select * from public_projects()
),

awarded as (
    select
        *,
        datediff('month', reviewed_on, awarded_on) as start_months,
        $max_start_months::integer as max_months
    from staging.procurements
    where reviewed_on is not null and awarded_on is not null
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    awarded.start_months || '个月' as found,
    '不超过' || awarded.max_months || '个月' as expected,
    (awarded.start_months - awarded.max_months)::decimal(18, 2) as difference,
    '个月' as difference_unit,
    awarded.procurement_no as identity,
    '技术方案' || iso_day(awarded.reviewed_on) || '通过评审,' || iso_day(awarded.awarded_on)
    || '才完成招标采购,相隔' || awarded.start_months || '个月,超出' || awarded.max_months || '个月有效期'
    || (awarded.start_months - awarded.max_months) || '个月' as detail,
    null::varchar as law,
    awarded.source_file,
    awarded.source_sheet,
    awarded.source_row
from awarded
inner join projects using (project_code)
where awarded.start_months > awarded.max_months
order by projects.project_code, awarded.procurement_no
