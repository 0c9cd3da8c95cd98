-- surplus_kept: a terminated, or a completed and settled project keeps money that was given to it and not paid.
-- Grain: one row per project.
-- Law: 预算法 art. 42 (surplus is not carried over but handed back as the finance office rules).
-- Reason: what an open project has left is 结转 and stays with it; what one that is over has left is 结余, as 财预〔2016〕18号
-- art. 5 defines it for central departments. Money that became surplus by its age is carried_over_too_long.
with
projects as (
    select * from public_projects()
),

over as (
    select
        *,
        case when project_status = 'terminated' then '项目已终止' else '项目已完工并完成结算' end as state
    from staging.project_progress
    where project_status = 'terminated' or (project_status = 'completed' and settlement_audited_yuan is not null)
),

kept as (
    select
        project_code,
        sum(left_yuan) as left_yuan,
        min(appropriation_year) as first_year
    from marts.carry_over
    where left_yuan > 0
    group by project_code
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '结余' || wan_text(kept.left_yuan) || '万元' as found,
    '结余按规定上缴或收回' as expected,
    kept.left_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    projects.project_code as identity,
    over.state || ',' || kept.first_year || '年度以来下达未支付的' || wan_text(kept.left_yuan) || '万元属于结余' as detail,
    null::varchar as law,
    over.source_file,
    over.source_sheet,
    over.source_row
from over
inner join kept using (project_code)
inner join projects using (project_code)
order by projects.project_code
