-- benefit_missing: a completed project says nothing about its benefit, or names an area the scheme does not have.
-- Grain: one row per project.
-- Law: 预算法 art. 57 (spending is evaluated by its results).
-- Reason: without area ($benefit_codes) and level the benefit cannot be scored, and a gap would look like success.
with
projects as (
    select * from public_projects()
),

unclear as (
    select
        *,
        case
            when benefit_level is null then '没有填写效益实现程度'
            when benefit_code is null then '没有填写对应效益指标'
            else '对应效益指标“' || benefit_code || '”不在评价指标体系内'
        end as gap
    from staging.project_progress
    where
        project_status = 'completed'
        and benefit_level is distinct from 'not_applicable'
        and (
            benefit_level is null
            or benefit_code is null
            or not list_contains($benefit_codes::varchar[], benefit_code)
        )
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    unclear.gap as found,
    '填写对应效益指标和实现程度' as expected,
    null::decimal(18, 2) as difference,
    null::varchar as difference_unit,
    projects.project_code as identity,
    '项目已完工,' || unclear.gap as detail,
    null::varchar as law,
    unclear.source_file,
    unclear.source_sheet,
    unclear.source_row
from unclear
inner join projects using (project_code)
order by projects.project_code
