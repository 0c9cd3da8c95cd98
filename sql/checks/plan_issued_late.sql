-- plan_issued_late: the year's plan is issued more than $max_plan_lag_months calendar months after the budget's approval.
-- Grain: one row, for the fund.
-- Law: the fund's own rules (fund.yaml); 预算法 art. 53 (departments carry out their budget and answer for it).
-- Reason: a plan that comes late in the year leaves its projects too little time; the source row is that of the issue date.
with
approval as (
    select
        *,
        (budget_approved_on + to_months($max_plan_lag_months))::date as latest_on
    from staging.budget_approval
),

cells as (
    select * from staging.budget_approval_cells
    where field = 'plan_issued_on'
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    iso_day(approval.plan_issued_on) as found,
    iso_day(approval.latest_on) as expected,
    (approval.plan_issued_on - approval.latest_on)::decimal(18, 2) as difference,
    '天' as difference_unit,
    approval.plan_doc_no as identity,
    '预算于' || iso_day(approval.budget_approved_on) || '批复,建设计划于' || iso_day(approval.plan_issued_on)
    || '下达,相隔' || datesub('month', approval.budget_approved_on, approval.plan_issued_on)
    || '个月,最迟应于' || iso_day(approval.latest_on) || '下达' as detail,
    null::varchar as law,
    cells.source_file,
    cells.source_sheet,
    cells.source_row
from approval
left join cells on true
where approval.plan_issued_on > approval.latest_on
