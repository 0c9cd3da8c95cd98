-- refund_exceeds_original: the refunds of a voucher sum to more than was paid with it.
-- Grain: one row per original voucher.
-- Law: 会计法 art. 14 (entries rest on checked vouchers).
-- Reason: no more can come back than went out; the rest belongs to another payment or is a mistake.
with
projects as (
    select * from public_projects()
),

counted as (
    select * from counted_vouchers('staging.vouchers', $first_day, $last_day)
),

refunded as (
    select
        original_voucher_no,
        count(*) as refunds,
        -sum(amount_yuan) as refunded_yuan
    from counted
    where voucher_status = 'refund'
    group by original_voucher_no
),

originals as (
    select * from counted
    where voucher_status = 'paid'
)

select
    projects.project_code,
    projects.project_name,
    projects.category,
    projects.benefit_code,
    '退款' || wan_text(refunded.refunded_yuan) || '万元' as found,
    '不超过' || wan_text(originals.amount_yuan) || '万元' as expected,
    (refunded.refunded_yuan - originals.amount_yuan)::decimal(18, 2) as difference,
    '元' as difference_unit,
    originals.voucher_no as identity,
    '凭证' || originals.voucher_no || '支付' || wan_text(originals.amount_yuan) || '万元,' || refunded.refunds || '笔退款共'
    || wan_text(refunded.refunded_yuan) || '万元' as detail,
    null::varchar as law,
    originals.source_file,
    originals.source_sheet,
    originals.source_row
from originals
inner join refunded on originals.voucher_no = refunded.original_voucher_no
inner join projects using (project_code)
where refunded.refunded_yuan > originals.amount_yuan
order by originals.voucher_no
