-- Which vouchers of a relation count for the fund-year: of this fund, paid within the year, not void; a voucher number
-- that comes twice counts once, with the first row it stands in. Refunds are negative amounts and stay as they are.
-- Why macros: public and classified vouchers live in two layers and must be counted by one and the same definition.

-- Vouchers of any fund, paid within the year, not void; repeated rows are still there.
create or replace macro vouchers_of_year(relation, first_day, last_day) as table
    select vouchers.*
    from query_table(relation) as vouchers
    where vouchers.paid_on between first_day and last_day and vouchers.voucher_status != 'void';

-- Those of this fund.
create or replace macro fund_vouchers(relation, first_day, last_day) as table
    with
    fund as (
        select fund_name from staging.budget_approval
    )

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
    from vouchers_of_year(relation, first_day, last_day) as vouchers
    where vouchers.fund_name = (select fund.fund_name from fund);

-- Rows whose number comes more than once among all rows of the relation.
-- Why this shape: equal hashes of eight bytes stand side by side once they are sorted, which ten million of them are in
-- half the time, and a third of the memory, that a table of them takes. They say which rows may repeat, the numbers
-- themselves which do. What is left is few rows, so whoever asks more of them need not read the relation again.
create or replace macro repeated_rows(relation) as table
    with
    hashed as (
        select hash(voucher_no) as number_hash
        from query_table(relation)
    ),

    neighbours as (
        select
            number_hash,
            lag(number_hash) over (order by number_hash) as hash_before
        from hashed
    ),

    suspects as (
        select distinct number_hash
        from neighbours
        where number_hash = hash_before
    ),

    candidates as (
        select
            vouchers.voucher_no,
            vouchers.paid_on,
            vouchers.project_code,
            vouchers.fund_name,
            vouchers.payee_account,
            vouchers.amount_yuan,
            vouchers.voucher_status,
            vouchers.source_file,
            vouchers.source_sha256,
            vouchers.source_sheet,
            vouchers.source_row
        from query_table(relation) as vouchers
        where hash(vouchers.voucher_no) in (select suspects.number_hash from suspects)
    ),

    repeated as (
        select voucher_no
        from candidates
        group by voucher_no
        having count(*) > 1
    )

    select * from candidates
    where voucher_no in (select repeated.voucher_no from repeated);

-- Of the rows of `repeated_rows`, given as a table, the places of those that do not count: of this fund, paid within the
-- year, not void, and not the first of their number.
create or replace macro uncounted_among(repeated, first_day, last_day) as table
    with
    fund as (
        select fund_name from staging.budget_approval
    ),

    ranked as (
        select
            source_row,
            source_sheet,
            source_file,
            source_sha256,
            rank() over (
                partition by voucher_no order by source_sheet, source_row, source_file, source_sha256
            ) as place
        from query_table(repeated)
        where
            fund_name = (select fund.fund_name from fund)
            and paid_on between first_day and last_day
            and voucher_status != 'void'
    )

    select
        source_row,
        source_sheet,
        source_file,
        source_sha256
    from ranked
    where place > 1;

-- The vouchers that count, given the places of those that do not as a table; for callers that count more than once.
create or replace macro counted_given(relation, uncounted, first_day, last_day) as table
    with
    counted as (
        select * from fund_vouchers(relation, first_day, last_day)
    ),

    left_out as (
        select * from query_table(uncounted)
    )

    select counted.*
    from counted
    anti join left_out using (source_row, source_sheet, source_file, source_sha256);

-- The vouchers that count.
create or replace macro counted_vouchers(relation, first_day, last_day) as table
    with
    counted as (
        select * from fund_vouchers(relation, first_day, last_day)
    ),

    -- Used by its name below, as a text.
    repeated as ( -- noqa: ST03
        select * from repeated_rows(relation)
    ),

    left_out as (
        select * from uncounted_among('repeated', first_day, last_day)
    )

    select counted.*
    from counted
    anti join left_out using (source_row, source_sheet, source_file, source_sha256);
