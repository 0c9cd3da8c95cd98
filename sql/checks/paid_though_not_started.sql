-- paid_though_not_started: money was paid for a project that is reported as not started.
-- Grain: one row per project.
-- Law: 预算法 art. 57 (spending is real and follows the budget).
-- Reason: either the project has begun or something else was paid; one of the two files is wrong.
with
projects as (
    select * from public_projects()
),

progress as (
    select * from staging.project_progress
    where project_status = 'not_started'
),

paid as (
    select
        project_code,
        sum(vouchers)::bigint as vouchers,
        sum(amount_yuan) as paid_yuan
    from shared.payments
    group by project_code
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '支付' || wan_text(paid.paid_yuan) || '万元' as found,
    '未启动的项目没有支付' as expected,
    paid.paid_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    projects.project_code as identity,
    '实施状态为“' || status_zh(progress.project_status) || '”,本年已支付' || paid.vouchers || '笔共'
    || wan_text(paid.paid_yuan) || '万元' as detail,
    null::varchar as law,
    progress.source_file,
    progress.source_sheet,
    progress.source_row
from progress
inner join paid using (project_code)
inner join projects using (project_code)
where paid.paid_yuan != 0
order by projects.project_code
