-- Projects of the plan that may be named, with the benefit area they serve.
-- Why a macro: every rule is about these rows only (政府采购法 art. 85; no rule on progress, timeliness or benefit applies to
-- classified projects), and no rule may forget it.
-- Why parameters with defaults: a macro that named its tables itself would have to be made after them.
create or replace macro public_projects(plan := 'staging.plan_projects', progress := 'staging.project_progress') as table
    with
    plan_rows as (
        select * from query_table(plan)
    ),

    progress_rows as (
        select * from query_table(progress)
    )

    select
        plan_rows.project_code,
        plan_rows.project_name,
        plan_rows.category,
        plan_rows.project_nature,
        plan_rows.unit_name,
        plan_rows.planned_yuan,
        plan_rows.contract_finish_on,
        progress_rows.benefit_code
    from plan_rows
    left join progress_rows using (project_code)
    where not plan_rows.is_classified;
