using QRCoder;

namespace SaaS.Core.Identity.Mfa;

internal static class QrCode
{
    private const int PixelsPerModule = 4;

    /// <summary>Renders text as a QR code in SVG, black on white with a quiet zone, so that it also scans on a dark page.</summary>
    public static string ToSvg(string text)
    {
        using var data = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        using var code = new SvgQRCode(data);
        return code.GetGraphic(PixelsPerModule);
    }
}
