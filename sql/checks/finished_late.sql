-- finished_late: a completed project whose contract ends within or before the year was finished after that day.
-- Grain: one row per project.
-- Law: 民法典 art. 509, before 2021 合同法 art. 60 (a contract is performed as agreed).
-- Reason: a contract that ends after $last_day cannot be late yet; a project that is not completed is not_completed.
with
projects as (
    select * from public_projects()
    where contract_finish_on <= $last_day
),

completed as (
    select * from staging.project_progress
    where project_status = 'completed'
),

late as (
    select
        projects.project_code,
        projects.project_name,
        projects.category,
        projects.benefit_code,
        projects.contract_finish_on,
        completed.finished_on,
        completed.finished_on - projects.contract_finish_on as delay_days,
        datesub('month', projects.contract_finish_on, completed.finished_on) as delay_months,
        completed.source_file,
        completed.source_sheet,
        completed.source_row
    from completed
    inner join projects using (project_code)
    where completed.finished_on > projects.contract_finish_on
)

select
    project_code,
    project_name,
    category,
    benefit_code,
    iso_day(finished_on) as found,
    '不晚于' || iso_day(contract_finish_on) as expected,
    delay_days::decimal(18, 2) as difference,
    '天' as difference_unit,
    project_code as identity,
    '合同约定' || iso_day(contract_finish_on) || '完工,实际' || iso_day(finished_on) || '完工,逾期' || delay_days || '天'
    || case when delay_months >= 1 then '(满' || delay_months || '个月)' else '' end as detail,
    null::varchar as law,
    source_file,
    source_sheet,
    source_row
from late
order by project_code
