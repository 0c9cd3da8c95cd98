-- released_beside_carry_over: a project was given new money while it did not use up what it had brought in.
-- Grain: one row per project.
-- Law: 预算法 art. 42 (carry-over of last year is used for its project in the next).
-- Reason: money brought in comes first; new money beside it was not needed in the year.
with
projects as (
    select * from public_projects()
),

years as (
    select
        project_code,
        sum(brought_in_yuan) as brought_in_yuan,
        sum(released_yuan) as released_yuan,
        sum(left_yuan) filter (where appropriation_year < $year) as old_left_yuan
    from marts.carry_over
    group by project_code
),

plan as (
    select * from staging.plan_projects
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '上年结转未用' || wan_text(years.old_left_yuan) || '万元' as found,
    '先用上年结转' as expected,
    years.old_left_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    projects.project_code as identity,
    '年初结转' || wan_text(years.brought_in_yuan) || '万元,年末仍有' || wan_text(years.old_left_yuan) || '万元未用,本年又下达'
    || wan_text(years.released_yuan) || '万元' as detail,
    null::varchar as law,
    plan.source_file,
    plan.source_sheet,
    plan.source_row
from years
inner join projects using (project_code)
inner join plan using (project_code)
where years.old_left_yuan > 0 and years.released_yuan > 0
order by projects.project_code
