-- Evidence of settlement and quality: the rows of the progress report of the projects that were settled or checked.
-- Grain: one row per fact and public project it is about.
-- Facts: settled_projects, settlement_planned_yuan, settlement_audited_yuan, quality_checked, quality_passed
-- Reason: figures of progress are about public projects only; no rule on progress applies to classified ones.
with
progress as (
    select reported.*
    from staging.project_progress as reported
    inner join staging.plan_projects as plan using (project_code)
    where not plan.is_classified
),

stated as (
    select
        *,
        settlement_planned_yuan is not null and settlement_audited_yuan is not null as is_settled,
        acceptance_result is not null or test_result is not null as is_checked,
        coalesce(acceptance_result, 'passed') = 'passed' and coalesce(test_result, 'passed') = 'passed' as is_passed
    from progress
),

facts as (
    select
        *,
        unnest([
            { 'fact': 'settled_projects', 'amount': 1::decimal(22, 4), 'counts': is_settled },
            { 'fact': 'settlement_planned_yuan', 'amount': settlement_planned_yuan, 'counts': is_settled },
            { 'fact': 'settlement_audited_yuan', 'amount': settlement_audited_yuan, 'counts': is_settled },
            { 'fact': 'quality_checked', 'amount': 1::decimal(22, 4), 'counts': is_checked },
            { 'fact': 'quality_passed', 'amount': 1::decimal(22, 4), 'counts': is_checked and is_passed }
        ]) as stated
    from stated
)

select
    stated.fact,
    project_code,
    stated.amount::decimal(22, 4) as amount,
    false as is_private,
    source_file,
    source_sha256,
    source_sheet,
    source_row
from facts
where stated.counts
