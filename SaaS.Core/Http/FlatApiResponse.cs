using System.Text.Json.Serialization.Metadata;

namespace SaaS.Core.Http;

/// <summary>A success whose data stands at the top level as well, where clients of the original system read it.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Data">What was asked for; its fields stand beside it, too.</param>
public sealed record FlatApiResponse<T>(bool Success, string Message, T Data) : IFlatApiResponse
    where T : notnull
{
    object IFlatApiResponse.Data => Data;
}

/// <summary>A <see cref="FlatApiResponse{T}"/> of any data.</summary>
internal interface IFlatApiResponse
{
    object Data { get; }
}

/// <summary>Adds the fields of the data to the JSON of a <see cref="FlatApiResponse{T}"/>, and so to its schema.</summary>
internal static class FlatApiResponses
{
    public static void AddFields(JsonTypeInfo answer)
    {
        if (!answer.Type.IsGenericType || answer.Type.GetGenericTypeDefinition() != typeof(FlatApiResponse<>))
        {
            return;
        }

        foreach (var field in answer.Options.GetTypeInfo(answer.Type.GetGenericArguments()[0]).Properties)
        {
            var beside = answer.CreateJsonPropertyInfo(field.PropertyType, field.Name);
            beside.AttributeProvider = field.AttributeProvider;
            beside.IsGetNullable = field.IsGetNullable;
            beside.Get = body => field.Get!(((IFlatApiResponse)body).Data);
            answer.Properties.Add(beside);
        }
    }
}
