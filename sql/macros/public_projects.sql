-- Projects of the plan that may be named, with the benefit area they serve.
-- Why a macro: every rule is about these rows only (政府采购法 art. 85; no rule on progress, timeliness or benefit applies to
-- classified projects), and no rule may forget it.
create or replace macro public_projects() as table
    select
        plan.project_code,
        plan.project_name,
        plan.category,
        plan.project_nature,
        plan.unit_name,
        plan.planned_yuan,
        plan.contract_finish_on,
        progress.benefit_code
    from staging.plan_projects as plan
    left join staging.project_progress as progress using (project_code)
    where not plan.is_classified;
