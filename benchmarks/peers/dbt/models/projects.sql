-- projects: what each project was paid.
select
    project_code,
    sum(amount_yuan)::decimal(18, 2) as paid_yuan
from {{ ref("payments") }}
group by project_code
