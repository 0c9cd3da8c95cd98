-- Vouchers of ``relation`` that count for the fund-year: of this fund, paid within the year, not void; a voucher number
-- that comes twice counts once, with the first row it stands in. Refunds are negative amounts and stay as they are.
-- Why a macro: public and classified vouchers live in two layers and must be counted by one and the same definition.
-- Why this shape: only the numbers that repeat are held against the rows, so ten million vouchers need no sort; each use
-- of `counted` reads the few columns it needs again, which takes half the memory of keeping all of them. Hashes of eight
-- bytes say which numbers may repeat, the numbers themselves which do: two that merely share a hash both count.
create or replace macro counted_vouchers(relation, first_day, last_day) as table
    with
    fund as (
        select fund_name from staging.budget_approval
    ),

    counted as not materialized (
        select
            vouchers.voucher_no,
            vouchers.paid_on,
            vouchers.unit_code,
            vouchers.unit_name,
            vouchers.project_code,
            vouchers.quota_doc_no,
            vouchers.payee_name,
            vouchers.payee_account,
            vouchers.amount_yuan,
            vouchers.voucher_status,
            vouchers.original_voucher_no,
            vouchers.source_file,
            vouchers.source_sha256,
            vouchers.source_sheet,
            vouchers.source_row
        from query_table(relation) as vouchers
        where
            vouchers.fund_name = (select fund.fund_name from fund)
            and vouchers.paid_on between first_day and last_day
            and vouchers.voucher_status != 'void'
    ),

    repeated_hashes as (
        select hash(voucher_no) as number_hash
        from counted
        group by number_hash
        having count(*) > 1
    ),

    first_rows as (
        select
            voucher_no,
            min((source_sheet, source_row)) as first_place
        from counted
        where hash(voucher_no) in (select repeated_hashes.number_hash from repeated_hashes)
        group by voucher_no
        having count(*) > 1
    )

    select counted.*
    from counted
    left join first_rows using (voucher_no)
    where first_rows.first_place is null or first_rows.first_place = (counted.source_sheet, counted.source_row);
