-- Projects: plan, money, procurement, progress and benefit of every public project.
-- Grain: one row per public project of the plan.
-- Key: project_code
-- Reason: the appendix on project implementation and every rate per project come from here. A project with several
-- procurements shows the dates of its main one (largest contract, then lowest number) and the sum of all contracts.
with
plan as (
    select * from staging.plan_projects
    where not is_classified
),

progress as (
    select * from staging.project_progress
),

released as (
    select
        project_code,
        sum(applied_yuan) as applied_yuan,
        sum(released_yuan) as released_yuan
    from staging.releases
    group by project_code
),

paid as (
    select
        project_code,
        sum(paid_yuan) as paid_yuan
    from marts.payments
    group by project_code
),

contracted as (
    select
        project_code,
        sum(contract_yuan) as contract_yuan
    from staging.procurements
    group by project_code
),

main_procurements as (
    select
        project_code,
        reviewed_on,
        awarded_on,
        signed_on
    from staging.procurements
    qualify row_number() over (partition by project_code order by contract_yuan desc, procurement_no asc) = 1
),

money as (
    select
        plan.project_code,
        coalesce(released.applied_yuan, 0)::decimal(18, 2) as applied_yuan,
        coalesce(released.released_yuan, 0)::decimal(18, 2) as released_yuan,
        coalesce(paid.paid_yuan, 0)::decimal(18, 2) as paid_yuan
    from plan
    left join released using (project_code)
    left join paid using (project_code)
)

select
    plan.project_code,
    plan.project_name,
    plan.category,
    plan.project_nature,
    plan.unit_name,
    plan.planned_yuan,
    money.applied_yuan,
    money.released_yuan,
    money.paid_yuan,
    (money.released_yuan - money.paid_yuan)::decimal(18, 2) as carry_over_yuan,
    rate_pct(money.paid_yuan, money.released_yuan) as execution_rate_pct,
    progress.project_status,
    progress.unfinished_cause,
    contracted.contract_yuan::decimal(18, 2) as contract_yuan,
    main_procurements.reviewed_on,
    main_procurements.awarded_on,
    main_procurements.signed_on,
    plan.contract_finish_on,
    progress.started_on,
    progress.finished_on,
    progress.acceptance_result,
    progress.test_result,
    progress.settlement_planned_yuan,
    progress.settlement_audited_yuan,
    progress.benefit_code,
    progress.benefit_level
from plan
inner join money using (project_code)
left join progress using (project_code)
left join contracted using (project_code)
left join main_procurements using (project_code)
order by plan.project_code
