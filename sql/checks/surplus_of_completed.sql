-- surplus_of_completed: a completed and settled project keeps money that was released and not paid.
-- Grain: one row per project.
-- Law: 预算法 art. 42 (surplus is not carried over but handed back as the finance office rules).
-- Reason: what an unfinished project has left is 结转 and stays with it; what a settled one has left is 结余.
with
projects as (
    select * from public_projects()
),

settled as (
    select * from staging.project_progress
    where project_status = 'completed' and settlement_audited_yuan is not null
),

released as (
    select
        project_code,
        sum(released_yuan) as released_yuan
    from staging.releases
    group by project_code
),

paid as (
    select
        project_code,
        sum(amount_yuan) as paid_yuan
    from shared.payments
    group by project_code
),

kept as (
    select
        released.project_code,
        released.released_yuan - coalesce(paid.paid_yuan, 0) as kept_yuan
    from released
    left join paid using (project_code)
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '结余' || wan_text(kept.kept_yuan) || '万元' as found,
    '结余按规定上缴或收回' as expected,
    kept.kept_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    projects.project_code as identity,
    '项目已完工并完成结算,下达未支付的' || wan_text(kept.kept_yuan) || '万元属于结余' as detail,
    null::varchar as law,
    settled.source_file,
    settled.source_sheet,
    settled.source_row
from settled
inner join kept using (project_code)
inner join projects using (project_code)
where kept.kept_yuan > 0
order by projects.project_code
