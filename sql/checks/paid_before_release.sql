-- paid_before_release: money is paid before the quota document it names was released.
-- Grain: one row per quota document.
-- Law: 预算法 art. 57 (money is allotted before it is spent).
-- Reason: a quota that does not exist yet cannot be spent; the first release of a document counts.
with
projects as (
    select * from public_projects()
),

released as (
    select
        quota_doc_no,
        project_code,
        min(released_on) as released_on
    from staging.releases
    group by quota_doc_no, project_code
),

counted as (
    select * from shared.payments
    where voucher_status = 'paid'
),

early as (
    select
        counted.quota_doc_no,
        counted.project_code,
        released.released_on,
        min(counted.paid_on) as first_paid_on,
        sum(counted.vouchers)::bigint as vouchers,
        sum(counted.amount_yuan) as paid_yuan,
        min(counted.place) as place
    from counted
    inner join released using (quota_doc_no, project_code)
    where counted.paid_on < released.released_on
    group by counted.quota_doc_no, counted.project_code, released.released_on
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    iso_day(early.first_paid_on) as found,
    '不早于' || iso_day(early.released_on) as expected,
    (early.first_paid_on - early.released_on)::decimal(18, 2) as difference,
    '天' as difference_unit,
    early.quota_doc_no as identity,
    early.quota_doc_no || '于' || iso_day(early.released_on) || '下达,此前已支付' || early.vouchers || '笔共'
    || wan_text(early.paid_yuan) || '万元,最早一笔在' || iso_day(early.first_paid_on) as detail,
    null::varchar as law,
    early.place.file as source_file,
    early.place.sheet as source_sheet,
    early.place.row as source_row
from early
inner join projects using (project_code)
order by early.quota_doc_no, projects.project_code
