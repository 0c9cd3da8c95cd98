-- carried_over_too_long: money of an earlier year is still unused at the end of its $max_unused_years. year.
-- Grain: one row per project and year of appropriation.
-- Law: 预算法 art. 42 (carry-over not used up for two years running is surplus), 实施条例 art. 50 (two years: left at the end of the
-- year after the one it was given in).
-- Reason: the oldest money counts as used first, so what is left is really that old. Read from the releases of the years
-- before. What was refunded of it or taken back in the year is not called use.
with
projects as (
    select * from public_projects()
),

old as (
    select
        *,
        $max_unused_years::integer as max_years
    from marts.carry_over
    where left_yuan > 0 and years_unused >= $max_unused_years::integer
),

taken_back as (
    select
        project_code,
        sum(released_yuan) < 0 as is_taken_back
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
    '连续' || old.years_unused || '年未用完' as found,
    '不满' || old.max_years || '年' as expected,
    old.left_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    projects.project_code || ' ' || old.appropriation_year || '年度' as identity,
    old.appropriation_year || '年度下达的资金年初结转' || wan_text(old.brought_in_yuan) || '万元,本年'
    || case
        when old.used_yuan < 0 then '退回' || wan_text(-old.used_yuan)
        when taken_back.is_taken_back then '使用和收回' || wan_text(old.used_yuan)
        else '使用' || wan_text(old.used_yuan)
    end
    || '万元,年末还有' || wan_text(old.left_yuan) || '万元,连续' || old.years_unused
    || '年未用完,应当作为结余资金管理' as detail,
    null::varchar as law,
    plan.source_file,
    plan.source_sheet,
    plan.source_row
from old
inner join projects using (project_code)
inner join plan using (project_code)
inner join taken_back using (project_code)
order by projects.project_code, old.appropriation_year
