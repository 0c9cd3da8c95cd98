-- paid_over_released: more was paid for a project than was released to it and brought in from earlier years.
-- Grain: one row per project.
-- Law: 预算法 art. 13 (no spending without a budget).
-- Reason: a negative carry-over means that another project's money, or none, was spent.
with
projects as (
    select * from public_projects()
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
        sum(amount_yuan) as paid_yuan,
        min(place) as place
    from shared.payments
    group by project_code
),

brought_in as (
    select * from shared.brought_in
),

compared as (
    select
        paid.project_code,
        paid.paid_yuan,
        coalesce(released.released_yuan, 0) as released_yuan,
        coalesce(brought_in.brought_in_yuan, 0) as brought_in_yuan,
        coalesce(released.released_yuan, 0) + coalesce(brought_in.brought_in_yuan, 0) as given_yuan,
        paid.place
    from paid
    left join released using (project_code)
    left join brought_in using (project_code)
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '支付' || wan_text(compared.paid_yuan) || '万元' as found,
    '不超过可用的' || wan_text(compared.given_yuan) || '万元' as expected,
    (compared.paid_yuan - compared.given_yuan)::decimal(18, 2) as difference,
    '元' as difference_unit,
    projects.project_code as identity,
    '累计下达' || wan_text(compared.released_yuan) || '万元,'
    || case when compared.brought_in_yuan > 0 then '上年结转' || wan_text(compared.brought_in_yuan) || '万元,' else '' end
    || '累计支付' || wan_text(compared.paid_yuan) || '万元,超出'
    || wan_text(compared.paid_yuan - compared.given_yuan) || '万元' as detail,
    null::varchar as law,
    compared.place.file as source_file,
    compared.place.sheet as source_sheet,
    compared.place.row as source_row
from compared
inner join projects using (project_code)
where compared.paid_yuan > compared.given_yuan
order by projects.project_code
