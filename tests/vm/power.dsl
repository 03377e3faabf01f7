// The meters that the firmware of a test machine has: an ACPI power meter of 142.5 W, and a battery that gives 12.345 W
// while the mains adapter is off. Table of ACPI 6.5, chapters 10.2 (power sources) and 10.4 (power meters).
DefinitionBlock ("", "SSDT", 2, "TEST", "POWER", 0x00000001)
{
    Scope (\_SB)
    {
        Device (PMT0)
        {
            Name (_HID, "ACPI000D")
            Name (_UID, 0)
            Name (_PMC, Package (14) {
                1,                          // it measures, and nothing else
                0, 0,                       // milliwatts, of the input
                98000,                      // accuracy: 98 %
                1000, 1000, 60000,          // sampling, shortest and longest averaging: milliseconds
                0xFFFFFFFF, 0, 0, 0,
                "TestPSU", "0", "whole machine" })
            Name (_PMD, Package (1) { \_SB })
            Name (AVGI, 1000)
            Method (_STA) { Return (0x0F) }
            Method (_GAI) { Return (AVGI) }
            Method (_PAI, 1) { Store (Arg0, AVGI) Return (0) }
            Method (_PTP, 2) { Return (0) }
            Method (_PMM) { Return (142500) }
        }
        Device (ADP0)
        {
            Name (_HID, "ACPI0003")
            Name (_UID, 0)
            Name (_PCL, Package () { \_SB })
            Method (_STA) { Return (0x0F) }
            Method (_PSR) { Return (0) }    // off
        }
        Device (BAT0)
        {
            Name (_HID, EisaId ("PNP0C0A"))
            Name (_UID, 0)
            Name (_PCL, Package () { \_SB })
            Method (_STA) { Return (0x1F) }
            // milliwatt hours and millivolts; then model, serial number, type, maker
            Name (_BIF, Package (13) { 0, 50000, 45000, 1, 11100, 4500, 1000, 1, 1, "TestBat", "0", "LION", "TEST" })
            Name (_BST, Package (4) { 1, 12345, 30000, 11200 })  // discharging at 12.345 W
        }
    }
}
