using System.Text.Json;

namespace SaaS.Core.Http;

/// <summary>Thrown by a converter for a value of JSON that a caller can mend; the message is shown to them. The reader adds the path.</summary>
internal sealed class FieldException : JsonException
{
    public FieldException(string message)
        : base(message)
    {
    }

    public FieldException()
    {
    }

    public FieldException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
