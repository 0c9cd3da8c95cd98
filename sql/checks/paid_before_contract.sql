-- paid_before_contract: a project is paid before the first of its contracts was signed.
-- Grain: one row per project.
-- Law: 政府采购法 art. 43 (procurement rests on a contract).
-- Reason: nothing is owed before there is a contract; service contracts count too, since they are often signed first.
with
projects as (
    select * from public_projects()
),

contracts as (
    select
        project_code,
        signed_on
    from staging.procurements
    union all
    select
        project_code,
        signed_on
    from staging.service_contracts
),

signed as (
    select
        project_code,
        min(signed_on) as signed_on
    from contracts
    group by project_code
),

counted as (
    select * from shared.payments
    where voucher_status = 'paid'
),

early as (
    select
        counted.project_code,
        signed.signed_on,
        min(counted.paid_on) as first_paid_on,
        sum(counted.vouchers)::bigint as vouchers,
        sum(counted.amount_yuan) as paid_yuan,
        min(counted.place) as place
    from counted
    inner join signed using (project_code)
    where counted.paid_on < signed.signed_on
    group by counted.project_code, signed.signed_on
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    iso_day(early.first_paid_on) as found,
    '不早于' || iso_day(early.signed_on) as expected,
    (early.first_paid_on - early.signed_on)::decimal(18, 2) as difference,
    '天' as difference_unit,
    projects.project_code as identity,
    '合同最早于' || iso_day(early.signed_on) || '签订,此前已支付' || early.vouchers || '笔共' || wan_text(early.paid_yuan)
    || '万元,最早一笔在' || iso_day(early.first_paid_on) as detail,
    null::varchar as law,
    early.place.file as source_file,
    early.place.sheet as source_sheet,
    early.place.row as source_row
from early
inner join projects using (project_code)
order by projects.project_code
