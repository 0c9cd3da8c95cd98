-- refund_exceeds_original: the refunds of a voucher sum to more than was paid with it.
-- Grain: one row per original voucher.
-- Law: 会计法 art. 14 (entries rest on checked vouchers).
-- Reason: no more can come back than went out; the rest belongs to another payment or is a mistake.
with
projects as (
    select * from public_projects()
),

refunded as (
    select
        original_voucher_no as voucher_no,
        original_project_code as project_code,
        original_yuan as amount_yuan,
        original_place as place,
        count(*) as refunds,
        -sum(amount_yuan) as refunded_yuan
    from shared.refunds
    where original_yuan is not null
    group by original_voucher_no, original_project_code, original_yuan, original_place
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '退款' || wan_text(refunded.refunded_yuan) || '万元' as found,
    '不超过' || wan_text(refunded.amount_yuan) || '万元' as expected,
    (refunded.refunded_yuan - refunded.amount_yuan)::decimal(18, 2) as difference,
    '元' as difference_unit,
    refunded.voucher_no as identity,
    '凭证' || refunded.voucher_no || '支付' || wan_text(refunded.amount_yuan) || '万元,' || refunded.refunds || '笔退款共'
    || wan_text(refunded.refunded_yuan) || '万元' as detail,
    null::varchar as law,
    refunded.place.file as source_file,
    refunded.place.sheet as source_sheet,
    refunded.place.row as source_row
from refunded
inner join projects using (project_code)
where refunded.refunded_yuan > refunded.amount_yuan
order by refunded.voucher_no
